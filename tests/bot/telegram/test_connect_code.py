from bot.telegram.connect_code import CODE_LENGTH, code_of, is_code


def test_a_code_depends_on_the_token_and_does_not_reveal_it() -> None:
    assert code_of("1:secret") == code_of("1:secret") != code_of("1:other")
    assert len(code_of("1:secret")) == CODE_LENGTH
    assert "secret" not in code_of("1:secret")


def test_a_code_is_recognised_with_spaces_and_in_upper_case() -> None:
    code = code_of("1:secret")
    assert is_code(f" {code.upper()}\n", "1:secret")
    assert not is_code("", "1:secret")
    assert not is_code("код", "1:secret")
    assert not is_code(code, "1:other")
