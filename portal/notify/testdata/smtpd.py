"""A mail server that nobody here wrote: aiosmtpd, with STARTTLS and log-in required.

Usage: smtpd.py CERTIFICATE KEY MECHANISM. Prints its port, then each mail as Python's own parser reads it, one JSON
object a line. Ends when its standard input does.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(what):
    print(json.dumps(what), flush=True)


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "version": session.ssl["cipher"][1],
            "user": session.auth_data,
            "headers": {name: str(value) for name, value in mail.items()},
            "recipients": [[a.display_name, a.addr_spec] for name in ("To", "Cc") for a in mail[name].addresses],
            "text": mail.get_body(("plain",)).get_content(),
            "html": mail.get_body(("html",)).get_content(),
            "defects": [str(d) for part in mail.walk() for d in part.defects]
            + [str(d) for value in mail.values() for d in value.defects],
        })
        return "250 OK"


def log_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"portal@example.com", b"correct horse")
    return AuthResult(success=good, handled=False, auth_data=data.login.decode())


async def main():
    certificate, key, mechanism = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    others = {"LOGIN", "PLAIN"} - {mechanism}

    def connect():
        return SMTP(Inbox(), hostname="mail.example.com", tls_context=context, require_starttls=True, auth_required=True,
                    authenticator=log_in, auth_exclude_mechanism=others)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connect, "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
