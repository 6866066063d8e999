"""
Errors of the package that bot, worker and training share.

TriageError
  BadMessage        a stream entry that cannot become a typed message
    BadSeal         its bytes were not encrypted with a known key
  BadSettings       settings that cannot be used, one line each
  BadKey            the key file contains no usable key
  BadTaxonomy       the file of classes breaks a rule
  BadManifest       a model's manifest cannot be read
    ManifestMismatch  it can be read, but disagrees with the code or the taxonomy
  BadCorrections    a file of moderators' corrections breaks a rule
  QueueUnavailable  Redis cannot be reached or refuses to serve
  PortTaken         a service cannot listen on its port
  BadRedis          Redis answers but its configuration is not suitable
"""


class TriageError(Exception):
    """Base of all errors of this package; its text is one line for a log."""


class BadMessage(TriageError):
    """A stream entry has bad bytes, an unknown version or a missing or wrong field."""


class BadSeal(BadMessage):
    """Encrypted bytes were changed, or were encrypted with a key that is not in the key file."""


class BadSettings(TriageError):
    """Settings are missing or cannot be used; its text has a line for each."""


class BadKey(TriageError):
    """The key file is missing, unreadable or contains something that is not a Fernet key."""


class BadTaxonomy(TriageError):
    """The file of classes cannot be read or breaks a rule; names the class."""


class BadManifest(TriageError):
    """A model folder has no readable manifest, or its weights are not the ones it names."""


class ManifestMismatch(BadManifest):
    """A manifest contradicts the code or the taxonomy; names both values."""


class BadCorrections(TriageError):
    """A file of corrections cannot be read or breaks a rule; names the line, never its text."""


class QueueUnavailable(TriageError):
    """Redis did not answer, closed the connection or refused a command; a retry may help."""


class PortTaken(TriageError):
    """The port is in use or not allowed; says how to name another."""


class BadRedis(TriageError):
    """Redis is too old, may evict accepted entries, or refuses the password; no retry helps."""
