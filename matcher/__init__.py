"""This patient: reading, normalizing, matching, recommending and explaining."""
