"""ProtoMotions' files: the packaged MotionLib `.pt`, the single clip `.motion`, and older versions."""
