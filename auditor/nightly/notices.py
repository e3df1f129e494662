"""Sending word of a night: by mail, and to a webhook. Servers and secrets come from outside.

What is sent is what stands in the output folder. Sending that fails does not spoil a night: the
caller is told in a sentence that holds neither address nor secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from auditor.config.nightly import Notices
from auditor.errors import ConfigError
from auditor.nightly.history import DONE, NOTHING_NEW, Night
from auditor.nightly.letter import Letter

SMTP_URL, WEBHOOK_URL, WEBHOOK_SECRET = (
    "AUDITOR_SMTP_URL",
    "AUDITOR_WEBHOOK_URL",
    "AUDITOR_WEBHOOK_SECRET",
)
_TIMEOUT_S = 30
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def send_notices(
    notices: Notices, night: Night, letter: Letter, environment: Mapping[str, str]
) -> Iterator[str]:
    """Send what the site wants sent; a sentence for everything that could not be.

    Args:
        notices: The site's wishes.
        night: How it went.
        letter: The same in words.
        environment: Variables that name servers and secrets.
    """
    trouble = night.outcome not in (DONE, NOTHING_NEW) or any(
        gate.outcome != "ok" for gate in night.gates
    )
    if notices.when == "trouble" and not trouble:
        return
    if notices.mail_to:
        yield from _tried("mail", lambda: _mail(notices, letter, environment))
    if notices.webhook:
        yield from _tried("webhook", lambda: _post(night, letter, environment))


def missing_variables(notices: Notices, environment: Mapping[str, str]) -> list[str]:
    """Names of variables that the site's wishes need and the environment lacks."""
    wanted = [SMTP_URL] if notices.mail_to else []
    wanted += [WEBHOOK_URL] if notices.webhook else []
    return [name for name in wanted if not environment.get(name)]


def _tried(what: str, send: Callable[[], None]) -> Iterator[str]:
    try:
        send()
    except ConfigError as error:
        yield f"The {what} was not sent: {error}"
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # An error's own text may quote the URL.
        yield f"The {what} was not sent ({type(error).__name__})."


def _mail(notices: Notices, letter: Letter, environment: Mapping[str, str]) -> None:
    server = urlsplit(_variable(SMTP_URL, environment))
    if server.scheme not in _PORTS or not server.hostname:
        raise ConfigError(f"{SMTP_URL} must be smtp://, smtp+starttls:// or smtps://HOST[:PORT].")
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"], message["To"] = notices.mail_from, ", ".join(notices.mail_to)
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    port = server.port or _PORTS[server.scheme]
    safe = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.scheme == "smtps":
        connection = smtplib.SMTP_SSL(server.hostname, port, timeout=_TIMEOUT_S, context=safe)
    else:
        connection = smtplib.SMTP(server.hostname, port, timeout=_TIMEOUT_S)
    with connection:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=safe)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)


def _post(night: Night, letter: Letter, environment: Mapping[str, str]) -> None:
    """Post the night as JSON; a secret signs the body and is not sent itself."""
    url = _variable(WEBHOOK_URL, environment)
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError(f"{WEBHOOK_URL} must begin with https:// or http://.")
    body = json.dumps({"text": letter.text, "night": asdict(night)}, sort_keys=True).encode()
    headers = {"Content-Type": "application/json"}
    secret = environment.get(WEBHOOK_SECRET, "")
    if secret:
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Auditor-Signature"] = f"sha256={signature}"
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - checked above
        pass


def _variable(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigError(f"set {name} in the environment.")
    return value
