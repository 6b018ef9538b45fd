"""Foreign skeletons: their rest pose, their world, and the way onto the SMPL robot's joints."""
