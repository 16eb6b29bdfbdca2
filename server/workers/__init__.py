"""What goes on without anybody asking: deliveries, errands and chores, and forgetting."""
