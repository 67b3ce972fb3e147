//! The command line, `relogin`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
