# docker build -t tactful .
# docker run -e OPENAI_API_KEY=sk-... -p 8080:8080 -v tactful:/data tactful

FROM rust:1.95.0-slim-bookworm AS builder
WORKDIR /src
COPY . .
# Dependencies and what was built of them stay in the builder's cache from one build to the next.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin tactful \
    && install -D -m 0755 target/release/tactful /out/tactful

FROM debian:bookworm-slim
# The provider is reached by TLS; no version is pinned, because old root certificates are worse than new ones.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin tactful \
    && install -d -o tactful -g tactful -m 0700 /data
COPY --from=builder /out/tactful /usr/local/bin/tactful

# Inside a container every address is the container's own; publish 9090 to operators only: it asks for no key.
ENV TACTFUL__SERVER__LISTEN=0.0.0.0:8080 \
    TACTFUL__SERVER__ADMIN_LISTEN=0.0.0.0:9090 \
    TACTFUL__STORE__PATH=/data/store
USER 10001:10001
# What is held about people, the key that seals it, and the admin key: /data/store/admin.key.
VOLUME /data
EXPOSE 8080 9090
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["tactful", "health"]
ENTRYPOINT ["tactful"]
CMD ["serve"]
