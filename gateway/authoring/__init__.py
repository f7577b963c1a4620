"""What a policy clerk works with: policies shown as sheets, compared, tested by cases, and their JSON Schema."""
