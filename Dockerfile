# The dashboard in a container: docker build -t k6-dashboard . && docker run -p 127.0.0.1:5656:5656 -v k6-data:/data k6-dashboard
# It writes only to /data and /tmp, so it can run with a read-only root (see docker-compose.yml).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY . .
# The same setup as elsewhere: packages verified by hash, the page, k6. Build-time files are left out of the image.
RUN bin/dashboard setup \
    && rm -rf .tools dashboard/ui/node_modules \
    && mkdir /data && cp k6/config/endpoints.example.json /data/endpoints.json

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dashboard
COPY --from=build /app /app
COPY --from=build --chown=10001:10001 /data /data
WORKDIR /app
USER 10001:10001
ENV DATA_DIR=/data ENDPOINTS_FILE=/data/endpoints.json DASHBOARD_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 5656
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD [".venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5656/health', timeout=4)"]
# SIGTERM stops the server. k6 ends with the container, so stop live runs first.
ENTRYPOINT [".venv/bin/python", "-m", "dashboard"]
CMD ["serve"]
