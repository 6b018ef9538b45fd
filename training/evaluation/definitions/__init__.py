"""What is measured of following a motion under every definition that the field has, from one rollout."""
