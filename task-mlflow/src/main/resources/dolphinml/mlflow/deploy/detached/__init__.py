"""Programs that outlive the task that starts them."""
