"""TLS to the broker: what is trusted, and what each refusal means in plain words."""

import ssl
from collections.abc import Callable
from pathlib import Path

from config.errors import TepatError

SYSTEM = "system"
"""Trust what the machine trusts."""
EXPIRED, NOT_YET = 10, 9
UNKNOWN_AUTHORITY = {2, 18, 19, 20, 21}
OTHER_HOST = {62, 64}
"""OpenSSL's numbers of what is wrong with a certificate (X509_V_ERR_…)."""
HINT = (
    "; perhaps it does not speak TLS at this port (TEPAT_MQTT_PORT, usually 8883), "
    "or asks for a certificate (TEPAT_MQTT_TLS_CERTIFICATE)"
)
"""Where a connection meant for TLS is just cut."""


class TlsError(TepatError):
    """A file that TLS needs cannot be used; the message names it and the cure."""


class _ClosedWhenRefused(ssl.SSLSocket):
    """paho forgets a connection whose handshake fails, without closing it."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def context(authority: str, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Trusts one authority and checks the host's name. certificate, key: our own, where the broker asks for them.

    Raises:
        TlsError: a file cannot be read or used.
    """
    made = ssl.create_default_context()
    if authority != SYSTEM:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load(made.load_verify_locations, "TEPAT_MQTT_TLS_CA", authority, "a certificate in PEM form")
    made.sslsocket_class = _ClosedWhenRefused
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if (certificate is None) != (key is None):
        raise TlsError("TEPAT_MQTT_TLS_CERTIFICATE and TEPAT_MQTT_TLS_KEY belong together: set both or none.")
    if certificate is not None:
        _load(
            lambda file: made.load_cert_chain(file, key),
            "TEPAT_MQTT_TLS_CERTIFICATE",
            str(certificate),
            f"a certificate in PEM form with its key in {key}",
        )
    return made


def _load(load: Callable[[str], None], setting: str, file: str, what: str) -> None:
    try:
        load(file)
    except ssl.SSLError as error:
        raise TlsError(f"{setting} names {file}, which is not {what} ({error.reason}).") from error
    except OSError as error:
        raise TlsError(f"{setting} names {file}, which cannot be read with its key: {error.strerror}.") from error


def refusal(error: ssl.SSLError, host: str) -> str:
    """Why no TLS came about, to follow "The MQTT broker host:port", and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(error, host)
    reason = error.reason or ""
    if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "does not speak TLS at this port: correct TEPAT_MQTT_PORT (usually 8883), or unset TEPAT_MQTT_TLS_CA"
    if "ALERT" in reason:
        return (
            f"refuses our certificate ({reason.lower().replace('_', ' ')}): "
            "correct TEPAT_MQTT_TLS_CERTIFICATE and TEPAT_MQTT_TLS_KEY"
        )
    return f"cannot be spoken to with TLS: {error.reason or error}"


def _distrust(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code == EXPIRED:
        return "shows a certificate that has expired: renew it at the broker"
    if error.verify_code == NOT_YET:
        return "shows a certificate that is not valid yet: look at the clocks of both machines"
    if error.verify_code in OTHER_HOST:
        return (
            f"shows a certificate that is not for {host}: put a name of it in TEPAT_MQTT_HOST, "
            "or make a certificate for this name"
        )
    if error.verify_code in UNKNOWN_AUTHORITY:
        return "shows a certificate of an authority that we do not trust: name its own in TEPAT_MQTT_TLS_CA"
    return f"shows a certificate that cannot be trusted: {error.verify_message}"
