# syntax=docker/dockerfile:1
# Three images: `bot` talks to Telegram and has no torch; `worker` serves and trains the large models;
# `worker-cpu` serves only the CPU model. Layers that change rarely come first, so that an update of the
# code transfers a few megabytes and not torch. `make replay-images` runs the install lines in clean
# virtual environments.

# The Python version that the tests use.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    MPLCONFIGDIR=/tmp/matplotlib
# A fixed user id, so that files in volumes keep their owner in every image. A new volume takes its owner
# from these folders.
RUN groupadd --gid 10001 triage \
    && useradd --uid 10001 --gid triage --no-create-home --home-dir /tmp --shell /usr/sbin/nologin triage \
    && install -d -o triage -g triage -m 0750 /app/data /app/keys /app/backup /run/secrets /hub
WORKDIR /app

# The dependencies without the code, so that a change of the code does not rebuild these layers. pip
# reads the names from pyproject.toml and the versions from constraints.txt.
FROM base AS metadata
WORKDIR /metadata
COPY pyproject.toml constraints.txt LICENSE NOTICE ./
RUN touch README.md \
    && grep '^torch==' constraints.txt > torch.txt

FROM base AS bot
# Removes a third of what pip installs, which the bot never reads: byte code (compiled to /tmp at the
# start), the libraries' tests, type stubs and C sources, other languages, and compiled copies of
# modules that fontTools also has in Python.
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
# Empty: pip's default index, whose wheels contain the newest CUDA. For an older driver, set the index of
# an older CUDA version; PyTorch's "Get started" page lists them.
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
