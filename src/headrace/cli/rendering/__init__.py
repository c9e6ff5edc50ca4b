"""What commands print: values in, text out. Nothing here asks the control plane or the disk for anything."""
