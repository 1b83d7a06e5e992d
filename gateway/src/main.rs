//! The binary `whistlepost`.

fn main() -> std::process::ExitCode {
    // Two of our libraries bring TLS: both shall use this one. Fails only if one was chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
    gateway::cli::main()
}
