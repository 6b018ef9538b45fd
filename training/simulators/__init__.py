"""Simulators behind one small interface: batched torch tensors, our order, wxyz."""
