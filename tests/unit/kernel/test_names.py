"""Generated names read as an adjective and an animal."""

from headrace._kernel.names import generated_name


def test_a_name_is_two_words() -> None:
    adjective, animal = generated_name().split("-")
    assert adjective.isalpha()
    assert animal.isalpha()


def test_names_vary() -> None:
    assert len({generated_name() for _ in range(1000)}) > 900
