# docker build -t troth . && docker run --rm -v "$PWD:/work" -e TROTH_TOKEN troth check openapi.yaml --target staging
# Debian's slim image: some of the wheels troth needs are built for glibc only, so Alpine would have to compile them.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/troth && /opt/troth/bin/pip install --no-cache-dir -c constraints.txt '.[all]'

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 troth
COPY --from=build /opt/troth /opt/troth
ENV PATH=/opt/troth/bin:$PATH PYTHONUNBUFFERED=1
USER troth
WORKDIR /work
ENTRYPOINT ["troth"]
CMD ["--help"]
