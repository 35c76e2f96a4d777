//! Errors that engines and the server log: in a simulation of honest parties there is none. Their warnings are part of the
//! trace.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

/// What `work` gives, and every error that was logged on this thread meanwhile.
pub(super) fn heard<T>(trace: bool, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let complaints = Complaints { trace, ..Complaints::default() };
    let subscriber = tracing_subscriber::registry().with(complaints.clone());
    let result = tracing::subscriber::with_default(subscriber, work);
    let heard = std::mem::take(&mut *complaints.heard.lock().unwrap_or_else(PoisonError::into_inner));
    (result, heard)
}

#[derive(Clone, Default)]
struct Complaints {
    heard: Arc<Mutex<Vec<String>>>,
    trace: bool,
}

impl<S: Subscriber> Layer<S> for Complaints {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::WARN || (level == Level::WARN && !self.trace) {
            return;
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        if self.trace {
            eprintln!("  {level}: {}", line.0);
        }
        if level == Level::ERROR {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_heard_and_warnings_are_not() {
        let (result, complaints) = heard(false, || {
            tracing::warn!("a warning");
            tracing::error!(cause = "fire", "an error");
            7
        });
        assert_eq!(result, 7);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("an error") && complaints[0].contains("fire"), "{complaints:?}");
    }
}
