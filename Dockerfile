# Ferrule with Rust and the sandbox, for an ordinary user. docs/cluster.md says how to run it.
#   docker build --tag ferrule .                                    # dataset and evaluation
#   docker build --tag ferrule-train --build-arg PARTS="base train" .    # training and sampling as well: 5 GB more
# apptainer.def has the same steps; tests/unit/test_containers.py compares the two.
FROM debian:bookworm-20250224-slim

# bubblewrap is the sandbox, gcc the linker of cargo; Debian 12 has Python 3.11.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes \
        bubblewrap ca-certificates curl gcc git libc6-dev make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 ferrule
USER ferrule
WORKDIR /home/ferrule/ferrule
ENV PATH=/home/ferrule/ferrule/.venv/bin:/home/ferrule/.cargo/bin:/usr/local/bin:/usr/bin:/bin

RUN curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs \
    | sh -s -- -y --no-modify-path --profile minimal --default-toolchain 1.95.0 --component clippy --component rustfmt

COPY --chown=ferrule:ferrule . .
ARG PARTS="base"
RUN envs/bootstrap.sh env ${PARTS} && envs/bootstrap.sh machine

CMD ["snakemake", "--list-target-rules"]
