# syntax=docker/dockerfile:1
# Images of one tree: `bot` talks to Telegram and holds no torch, `worker` holds the large models and
# trains them, `worker-cpu` serves the linear model alone. Layers go from what changes once a year
# to what changes every day, so that an update of the code sends a few megabytes and not torch.
# `make replay-images` runs the install lines here in clean environments of its own.

# The version that the tests run with.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
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
RUN --mount=type=bind,from=metadata,source=/metadata,target=/metadata,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint /metadata/constraints.txt '/metadata[bot,postgres]'
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
# Empty: the wheels of PyPI, which bring the newest CUDA. A server with an older driver names the
# index of its CUDA generation, for example https://download.pytorch.org/whl/cu126
ARG TORCH_INDEX=
RUN --mount=type=bind,from=metadata,source=/metadata/torch.txt,target=/torch.txt \
    --mount=type=cache,target=/root/.cache/pip \
    pip install ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} --requirement /torch.txt
RUN --mount=type=bind,from=metadata,source=/metadata,target=/metadata,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint /metadata/constraints.txt '/metadata[worker,gpu,training]'
ENV HF_HOME=/hub
COPY models models
COPY triage triage
COPY charts charts
COPY worker worker
COPY training training
USER 10001:10001
CMD ["python", "-m", "worker"]
