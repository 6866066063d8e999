# syntax=docker/dockerfile:1
# Images of one tree: `bot` talks to Telegram and holds no torch, `worker` holds the large models and
# trains them, `worker-cpu` serves the CPU model alone. Layers go from what changes once a year
# to what changes every day, so that an update of the code sends a few megabytes and not torch.
# `make replay-images` runs the install lines here in clean environments of its own.

# The version that the tests run with.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    MPLCONFIGDIR=/tmp/matplotlib
# A fixed number, so that the files of a volume keep their owner whatever the image; the folders are
# there so that a new volume gets it.
RUN groupadd --gid 10001 triage \
    && useradd --uid 10001 --gid triage --no-create-home --home-dir /tmp --shell /usr/sbin/nologin triage \
    && install -d -o triage -g triage -m 0750 /app/data /app/keys /app/backup /run/secrets /hub
WORKDIR /app

# What the packages need, without their code: a change of the code leaves these layers alone. pip
# reads the names from pyproject.toml and the versions from constraints.txt.
FROM base AS metadata
WORKDIR /metadata
COPY pyproject.toml constraints.txt LICENSE NOTICE ./
RUN touch README.md \
    && grep '^torch==' constraints.txt > torch.txt

FROM base AS bot
# A third of what pip installs is never read here and left out: byte code (made in /tmp at the
# start), the libraries' own tests, type stubs and C sources, languages that the bot does not speak,
# and compiled copies of modules that fontTools also has in Python.
ENV PYTHONPYCACHEPREFIX=/tmp/pycache
RUN --mount=type=bind,from=metadata,source=/metadata,target=/metadata,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install --no-compile --constraint /metadata/constraints.txt '/metadata[bot,postgres]' \
    && site="$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && find "$site" -type d -name tests -prune -exec rm -r {} + \
    && find "$site" '(' -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h' \
        -o -path '*/fontTools/*.so' ')' -delete \
    && find "$site/babel/locale-data" ! -name 'root.dat' ! -name 'en*.dat' ! -name 'ru*.dat' \
        -type f -delete
COPY triage triage
COPY charts charts
COPY bot bot
USER 10001:10001
CMD ["python", "-m", "bot"]

FROM base AS worker-cpu
RUN --mount=type=bind,from=metadata,source=/metadata,target=/metadata,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint /metadata/constraints.txt '/metadata[worker]'
COPY models models
COPY triage triage
COPY charts charts
COPY worker worker
USER 10001:10001
CMD ["python", "-m", "worker"]

FROM base AS worker
# Empty: pip's own index, whose wheels bring the newest CUDA. A server with an older driver names the
# index of its CUDA generation; PyTorch's "Get started" page lists them.
ARG TORCH_INDEX=
RUN --mount=type=bind,from=metadata,source=/metadata/torch.txt,target=/torch.txt \
    --mount=type=cache,target=/root/.cache/pip \
    pip install ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} --requirement /torch.txt
RUN --mount=type=bind,from=metadata,source=/metadata,target=/metadata,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint /metadata/constraints.txt '/metadata[worker,gpu,training]'
ENV HF_HOME=/hub \
    PYTHONDONTWRITEBYTECODE=1
COPY models models
COPY triage triage
COPY charts charts
COPY worker worker
COPY training training
USER 10001:10001
CMD ["python", "-m", "worker"]
