from training.divergence import TrainingDivergedError


def test_it_says_what_and_whose() -> None:
    error = TrainingDivergedError("loss/value became infinite or NaN")
    assert str(error) == "loss/value became infinite or NaN"
    assert error.states is None
