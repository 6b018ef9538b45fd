"""ProtoMotions' own files between the stages of its retargeting."""
