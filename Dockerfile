FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/tilegate
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY service service
COPY tiling tiling
RUN /opt/tilegate/bin/pip install --no-cache-dir --disable-pip-version-check --compile -c constraints.txt '.[otel]'

FROM python:3.11-slim
# rasterio's wheel takes libexpat from the system. A number for the user: Kubernetes cannot tell that a name is not root.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libexpat1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin tilegate \
    && install -d -o tilegate -g tilegate -m 0700 /data
COPY --from=build /opt/tilegate /opt/tilegate
ENV PATH=/opt/tilegate/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TILEGATE_DATA_DIR=/data \
    TILEGATE_LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8080
# The service is process 1 itself: it hears SIGTERM, drains, and reaps its workers.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('TILEGATE_PORT') or os.environ.get('PORT') or 8080}/healthz\", timeout=2)"]
ENTRYPOINT ["tilegate"]
CMD ["serve", "--host", "0.0.0.0"]
