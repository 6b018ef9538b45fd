from motionlib.registry.base import plain_parents
from motionlib.registry.manifest import Parent


def test_parents_are_sorted_and_unique():
    one = Parent(reference="local/motions/a:v0", sha256="1")
    two = Parent(reference="local/motions/b:v0", sha256="2")
    assert plain_parents([two, one, two]) == (one, two)
