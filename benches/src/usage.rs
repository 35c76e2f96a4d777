//! What a process uses, as Linux counts it in `/proc`.

use std::{fs, time::Duration};

/// One tick of the processor time in `/proc`, the same on every Linux.
const TICK: Duration = Duration::from_millis(10);
/// Memory of the kernel is counted in these.
const PAGE_BYTES: u64 = 4096;

/// What a process uses.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Resident memory, in bytes.
    pub resident: u64,
    /// The most that it ever was.
    pub peak: u64,
    /// Time on processors, in user and system mode.
    pub processor: Duration,
    /// Open files, connections among them.
    pub files: usize,
}

impl Usage {
    /// What the process with this number uses now.
    ///
    /// # Panics
    /// When there is no such process, or this is not Linux.
    #[expect(clippy::expect_used, reason = "a benchmark without its figures is to stop")]
    pub fn of(process: u32) -> Self {
        let read = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).expect("the process runs");
        let status = read("status");
        let stat = read("stat");
        // The program's name, in parentheses, may hold spaces.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u32>().ok()).unwrap_or_default();
        Self {
            resident: kilobytes(&status, "VmRSS:"),
            peak: kilobytes(&status, "VmHWM:"),
            processor: TICK * (ticks(11) + ticks(12)),
            files: fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count),
        }
    }
}

/// Has the most that a process ever had of memory counted from now on.
pub fn forget_peak(process: u32) {
    // Where it is not allowed, the peak is that of all time, and larger.
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// The bytes that the kernel holds for the TCP connections of the whole machine: no process's memory counts them.
pub fn kernel_buffers() -> u64 {
    let sockets = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let tcp = sockets.lines().find(|line| line.starts_with("TCP:")).unwrap_or_default();
    let pages = tcp.split_whitespace().skip_while(|word| *word != "mem").nth(1);
    pages.and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * PAGE_BYTES
}

/// Bytes in millions, for printing.
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn kilobytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(std::process::id());
        assert!(usage.resident > 0 && usage.peak >= usage.resident && usage.files > 0);
    }

    #[test]
    fn processor_time_is_counted() {
        let process = std::process::id();
        let start = std::time::Instant::now();
        while Usage::of(process).processor.is_zero() {
            assert!(start.elapsed() < Duration::from_secs(60), "a loop takes time");
        }
    }
}
