//! The binary `whistlepost`.

fn main() -> std::process::ExitCode {
    gateway::cli::main()
}
