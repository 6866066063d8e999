"""Names in Redis and the numbers that bot and worker must agree on, each with its reason."""

# One hash tag keeps all keys in one slot, so that a transaction also works on Redis Cluster.
JOBS = "{triage}:jobs"
OUTCOMES = "{triage}:outcomes"
DEAD = "{triage}:dead"

# The consumer groups: workers read the jobs, bots read the outcomes.
WORKERS = "workers"
BOTS = "bots"

# A consumer that has not renewed its lease for this long counts as dead, and another consumer takes
# its entries. It is renewed three times as often, so a batch may take longer than a lease.
LEASE_S = 30.0

# A batch takes seconds on a GPU, and minutes for a large model on a CPU. A model that runs longer
# than this hangs; all health checks of a worker use this limit.
LONGEST_BATCH_S = 600.0

# A job that was delivered this often without an outcome is assumed to crash its worker.
MAX_DELIVERIES = 3

# How long one read waits for a new entry. Short enough to stop and to reclaim in time.
BLOCK_MS = 1000

# Above this the bot says "busy" instead of queueing: at one job a second it is three hours.
MAX_QUEUED = 10_000

# Outcomes carry charts of about 40 kB: 500 of them are 20 MB of memory in Redis.
MAX_OUTCOMES = 500

# A row whose job was lost is queued again this often before a person gets it without classes.
MAX_PUBLISHES = 3

# A dead letter contains an encrypted text; above this number the oldest are dropped.
MAX_DEAD = 10_000

# A consumer that was silent for this long and holds nothing was killed; its name is removed.
ABANDONED_S = 3600.0
