"""What `headrace run` needs: the flow of a file, its parameters, and its run to the end. Nothing here prints."""
