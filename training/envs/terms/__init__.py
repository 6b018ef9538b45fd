"""Uses of measures and views: what is rewarded, what fails, what is seen."""
