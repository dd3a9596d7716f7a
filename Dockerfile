# One image for web, worker, beat and migrate; docker-compose.yml gives each its command.

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PATH=/opt/venv/bin:$PATH
WORKDIR /app


# Wheels, each checked against its hash in the lock file. All of them come ready-made: nothing is compiled.
FROM base AS wheels
COPY requirements.txt .
RUN pip wheel --only-binary :all: --require-hashes --requirement requirements.txt --wheel-dir /wheels


FROM base AS build
COPY --from=wheels /wheels /wheels
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-index --no-deps --compile /wheels/*.whl
COPY . .
# Production settings want their secrets even for this. These stand-ins live for this one command of a stage that is
# left behind, and open nothing: no database and no Redis is touched. The single icons go by font, so their SVG files
# stay out; the maps stay in, because the stylesheets name them.
RUN DJANGO_DEBUG=0 \
    DJANGO_SECRET_KEY=stand-in-while-the-image-is-built-opens-nothing-0123456789 \
    ALLOWED_HOSTS=image.invalid \
    DATABASE_URL=sqlite://:memory: \
    REDIS_URL=redis://image.invalid:6379/0 \
    sh -c 'python manage.py compile_catalogs \
        && python manage.py collectstatic --no-input --verbosity 1 --ignore "bootstrap-icons/*.svg"' \
    && python -m compileall -q . \
    && mkdir -p var/media var/beat var/cache


FROM base AS application
# Pango for papers, Liberation as a second typeface, DejaVu for the tenge sign.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 application \
    && useradd --uid 10001 --gid application --no-create-home --home-dir /tmp --shell /usr/sbin/nologin application
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The code is root's; only what it writes is its own. A new volume takes its owner from these folders.
RUN chown -R application:application /app/var
ENV DJANGO_DEBUG=0 \
    DJANGO_SETTINGS_MODULE=skma_qualification.settings \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/.cache \
    WEB_CONCURRENCY=3
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "skma_qualification.wsgi:application", \
     "--bind", "0.0.0.0:8000", "--threads", "4", "--timeout", "60", "--graceful-timeout", "30", \
     "--worker-tmp-dir", "/dev/shm", "--max-requests", "2000", "--max-requests-jitter", "200"]
