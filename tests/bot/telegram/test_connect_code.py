from bot.telegram.connect_code import CODE_LENGTH, code_of, is_code


def test_a_code_is_that_of_its_bot_and_tells_nothing_of_the_token() -> None:
    assert code_of("1:secret") == code_of("1:secret") != code_of("1:other")
    assert len(code_of("1:secret")) == CODE_LENGTH
    assert "secret" not in code_of("1:secret")


def test_a_code_is_recognised_as_people_paste_it() -> None:
    code = code_of("1:secret")
    assert is_code(f" {code.upper()}\n", "1:secret")
    assert not is_code("", "1:secret")
    assert not is_code("код", "1:secret")
    assert not is_code(code, "1:other")
