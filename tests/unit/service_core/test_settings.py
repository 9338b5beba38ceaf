"""Configuration is read once and refused loudly."""

from pathlib import Path

import pytest

from service.settings import Settings, SettingsInvalid, load


def faults(**environ: str) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as caught:
        load({f"SAMENSPRAAK_{name}": value for name, value in environ.items()})
    return {fault.pointer.removeprefix("SAMENSPRAAK_"): fault.code for fault in caught.value.faults}


def test_nothing_given_means_an_embedded_service_for_development() -> None:
    settings = load({"PATH": "/bin", "HOME": "/root"})
    assert settings.environment == "development"
    assert settings.embedded_database
    assert settings.embedded_valkey
    assert settings.state_dir == Path("var/state").absolute()
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.simulated


def test_every_odd_value_and_unknown_name_is_named_at_once() -> None:
    found = faults(
        PORT="eighty",
        ENVIRONMENT="prod",
        SIMULATED="maybe",
        DATABASE_URL="mysql://host/db",
        PUBLIC_URL="not an address",
        MAIL_FROM="nobody",
        HOST="",
        DATBASE_URL="postgresql://host/db",
    )
    assert found == {
        "PORT": "odd_value",
        "ENVIRONMENT": "odd_value",
        "SIMULATED": "odd_value",
        "DATABASE_URL": "odd_value",
        "PUBLIC_URL": "odd_value",
        "MAIL_FROM": "odd_value",
        "HOST": "odd_value",
        "DATBASE_URL": "unknown_setting",
    }


@pytest.mark.parametrize("port", ["-1", "65536", "80.5", "", " 80", "٨٠"])
def test_an_odd_port_is_refused(port: str) -> None:
    assert faults(PORT=port) == {"PORT": "odd_value"}


def test_port_zero_asks_for_any_free_port() -> None:
    assert load({"SAMENSPRAAK_PORT": "0"}).port == 0


def test_a_refused_address_is_not_repeated_because_it_may_hold_a_password() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load({"SAMENSPRAAK_DATABASE_URL": "mysql://me:geheim@host/db"})
    assert "geheim" not in str(caught.value)


def test_names_of_the_client_may_stand_beside_those_of_the_service() -> None:
    assert load({"SAMENSPRAAK_API_KEY": "k", "SAMENSPRAAK_BASE_URL": "http://x"}).environment == "development"


def test_a_slash_at_the_end_of_the_public_address_is_dropped() -> None:
    assert load({"SAMENSPRAAK_PUBLIC_URL": "https://panel.example/"}).public_url == "https://panel.example"


class TestProduction:
    def test_embedded_engines_sink_mail_and_plain_http_are_refused(self) -> None:
        assert faults(ENVIRONMENT="production") == {
            "DATABASE_URL": "embedded_in_production",
            "VALKEY_URL": "embedded_in_production",
            "SMTP_URL": "missing",
            "PUBLIC_URL": "not_https",
            "MAIL_FROM": "missing",
        }

    def test_embedded_engines_run_when_somebody_insists(self) -> None:
        assert self.whole(EMBEDDED_IN_PRODUCTION="yes").embedded_database

    def test_external_servers_are_taken(self) -> None:
        settings = self.whole(DATABASE_URL="postgresql://db.example/samenspraak", VALKEY_URL="redis://queue.example/0")
        assert not settings.embedded_database
        assert not settings.embedded_valkey

    def test_role_passwords_may_come_from_the_environment(self) -> None:
        settings = self.whole(EMBEDDED_IN_PRODUCTION="yes", DATABASE_PASSWORD_API="a", DATABASE_PASSWORD_TALLY="t")
        assert settings.database_passwords == {"api": "a", "tally": "t"}

    @staticmethod
    def whole(**more: str) -> Settings:
        names = {
            "ENVIRONMENT": "production",
            "SMTP_URL": "smtps://mail.example",
            "PUBLIC_URL": "https://panel.example",
            "MAIL_FROM": "Panel <panel@example.org>",
            **more,
        }
        return load({f"SAMENSPRAAK_{name}": value for name, value in names.items()})
