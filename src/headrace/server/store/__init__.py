"""The store: what SQL there is has its home here. Use cases pass values in and out; none of them sees a driver."""
