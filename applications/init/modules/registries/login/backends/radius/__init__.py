"""People that RADIUS servers know: one Access-Request with the password (PAP) per login.

``names`` is who is asked about, ``packets`` what is sent and believed, ``exchange`` how one
server is asked over UDP, ``places`` and ``silences`` where servers are and which are asked
first, ``backend`` all of it together.  Sources: RFC 2865 (RADIUS), RFC 3579 3.2
(Message-Authenticator), RFC 5080 2.2 (retransmission), CVE-2024-3596 (Blast-RADIUS).
"""

from .backend import Radius

__all__ = ["Radius"]
