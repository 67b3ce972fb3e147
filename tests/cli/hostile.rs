//! Ports that would have the memory, the time, the terminal or the life of the runner (`hostile` in
//! `ports/wrong/wrong.json`).

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::{BIN, PATIENCE, ROOT, at_once, has_python, program, relogin};
use crate::wrong_ports::{Hostile, table};
use relogin_conformance::check::{Kind, Results};

/// The most memory that the runner may take with any port, in MB.
const MOST_MB: u64 = 200;

/// The most memory that a process has had so far, in MB; 0 where the system does not say.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The results of `relogin check` with the hostile ports and the reference as a port, and the memory in MB.
fn check(rows: &[&Hostile], more: &[&str]) -> (Results, u64) {
    let ports = rows
        .iter()
        .map(|row| format!("python3 ports/wrong/misbehaving.py {}", row.name))
        .chain([format!("{BIN} port")]);
    let ports: Vec<String> = ports.flat_map(|port| ["--port".to_owned(), port]).collect();
    let mut child = program()
        .args(["check", "--format", "json"])
        .args(&ports)
        .args(more)
        .current_dir(ROOT)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("relogin starts");
    let (id, output) = (child.id(), child.stdout.take().expect("it is a pipe"));
    let reader = std::thread::spawn(move || Results::read(std::io::BufReader::new(output), "the output"));
    let mut most = 0;
    while child.try_wait().expect("it can be waited for").is_none() {
        most = most.max(peak(id));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let results = reader.join().expect("it does not panic").expect("the output is results");
    (results, most)
}

/// Holds the results of the hostile ports to their rows, and those of the port beside them to a pass each.
fn hold(rows: &[&Hostile], results: &Results) {
    for (row, port) in rows.iter().zip(&results.implementations[1..]) {
        assert_eq!(port.results.len(), results.vectors.len(), "{}: {:?}", row.name, port.end);
        for (judged, vector) in port.results.iter().zip(&results.vectors) {
            assert!(
                row.outcomes.iter().any(|name| name == judged.outcome.name()),
                "{}: {}: {}",
                row.name,
                vector.id,
                judged.outcome
            );
        }
    }
    let beside = results.implementations.last().expect("there is the port beside them");
    assert!(beside.results.iter().all(|judged| judged.kind() == Kind::Passed), "{}", beside.identity.name);
}

#[test]
fn a_port_does_not_decide_how_much_memory_the_runner_takes() {
    if !has_python() {
        return;
    }
    let rows = table().hostile;
    let rows: Vec<&Hostile> = rows.iter().filter(|row| row.seconds.is_none() && row.name != "signal-sender").collect();
    let (results, most) = check(&rows, &["--filter", "core/{code,nested}/*", "--timeout", PATIENCE, "--jobs", "4"]);
    hold(&rows, &results);
    assert!(results.vectors.len() > 40, "there is something to keep");
    assert!(most <= MOST_MB, "{most} MB");
}

#[test]
#[ignore = "takes the time that these ports waste, a minute or two; slow-reply takes until the deadline"]
fn a_port_wastes_no_more_time_than_its_row_says() {
    if !has_python() {
        return;
    }
    let rows = table().hostile;
    let slow: Vec<&Hostile> = rows.iter().filter(|row| row.seconds.is_some_and(|seconds| seconds < 600)).collect();
    assert!(slow.len() >= 4);
    for (row, (results, seconds)) in slow.iter().zip(at_once(&slow, |row| {
        let begin = Instant::now();
        (check(&[row], &["--level", "core", "--jobs", "2"]).0, begin.elapsed().as_secs())
    })) {
        hold(&[row], &results);
        assert!(Some(seconds) <= row.seconds, "{}: {seconds} s", row.name);
    }
}

#[test]
fn a_deadline_ends_a_slow_port_with_the_results_so_far() {
    if !has_python() {
        return;
    }
    let rows = table().hostile;
    let slow = rows.iter().find(|row| row.name == "slow-reply").expect("there is such a row");
    // It answers one request or a few before the deadline; the port after it is not started any more.
    let (results, _) =
        check(&[slow], &["--filter", "{core/seed,hardening/protocol}/*", "--deadline", "20", "--jobs", "1"]);
    assert_eq!(results.footer.exit_status, 1);
    let [_, slow, after] = results.implementations.as_slice() else {
        unreachable!("there are two ports and the reference")
    };
    let outcomes: Vec<String> = slow.results.iter().map(|judged| judged.outcome.to_string()).collect();
    let answered = outcomes.iter().take_while(|outcome| *outcome == "pass").count();
    assert!(
        (1..outcomes.len()).contains(&answered) && outcomes[answered..].iter().all(|outcome| outcome == "not-run"),
        "{outcomes:?}"
    );
    for port in [slow, after] {
        let last = port.results.last().and_then(|judged| judged.note.clone()).unwrap_or_default();
        assert!(last.contains("--deadline"), "{last}");
    }
    assert!(after.end.not_run.is_none() && after.results.iter().all(|judged| judged.outcome.to_string() == "not-run"));
}

/// Runs a program in a terminal of its own, whose output is the standard output.
const IN_A_TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

#[test]
fn a_port_has_no_terminal() {
    if !has_python() {
        return;
    }
    let port = "python3 ports/wrong/misbehaving.py terminal-writer";
    let run = |command: &[&str]| {
        let output = Command::new("python3")
            .args(["-c", IN_A_TERMINAL])
            .args(command)
            .current_dir(ROOT)
            .stdin(Stdio::null())
            .output();
        let output = output.expect("Python starts");
        (output.status.code(), output.stdout.windows(4).any(|bytes| bytes == b"\x1b[2J"))
    };
    // Alone in the terminal the port can write to it.
    let request = r#"echo '{"cmd":"hello","protocol":1}' | "#;
    assert_eq!(run(&["sh", "-c", &format!("{request}{port}")]), (Some(0), true));
    assert_eq!(
        run(&[BIN, "check", "--filter", "core/seed/*", "--timeout", PATIENCE, "--port", port]),
        (Some(0), false)
    );
}

/// `check` ends what its ports leave behind, and so does `hunt`. Linux only: elsewhere a daemon is not found.
#[cfg(target_os = "linux")]
#[test]
fn a_hunt_leaves_no_daemon_behind() {
    if !has_python() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("there is room for a folder");
    let script = folder.path().join("misbehaving.py"); // the daemons of other tests have another name
    std::os::unix::fs::symlink(format!("{ROOT}/ports/wrong/misbehaving.py"), &script).expect("a link can be made");
    let script = script.display().to_string();
    relogin(&["hunt", "--cases", "20", "--port", &format!("python3 {script} daemon")], b"");
    let is_left = |process: std::fs::DirEntry| {
        let words = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(&script)
    };
    assert!(!std::fs::read_dir("/proc").expect("it can be listed").flatten().any(is_left), "a daemon is left");
}

#[test]
fn a_signal_from_a_port_ends_the_run_as_an_interrupt_does() {
    if !has_python() {
        return;
    }
    // The last is a real-time signal.
    let names = ["QUIT", "USR1", "ALRM", "XCPU", "PROF", "ABRT", "RTMAX"];
    for (name, output) in names.iter().zip(at_once(&names, |name| {
        let port = "python3 ports/wrong/misbehaving.py signal-sender";
        let arguments = ["check", "--filter", "core/code/*", "--timeout", PATIENCE, "--port", port];
        program().args(arguments).env("SIGNAL", name).current_dir(ROOT).output().expect("relogin starts")
    })) {
        assert_eq!(output.status.code(), Some(130), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted; the ports were killed"), "{name}");
    }
}
