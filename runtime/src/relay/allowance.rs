//! How much a socket may send: a token bucket that fills as time goes by, without a timer.

/// For how many seconds a socket may save up.
const SECONDS: u64 = 10;

/// What a socket has sent lately. It starts with all that it may save up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allowance {
    /// In thousandths of a message.
    spent: u64,
    /// Milliseconds since 1970, when that was so.
    at: u64,
}

impl Allowance {
    /// Takes a message at `now`, in milliseconds since 1970, of so many a second. Whether it may be sent.
    pub(super) fn take(&mut self, per_second: u32, now: u64) -> bool {
        let per_second = u64::from(per_second);
        // A thousandth of what a second brings comes with each millisecond.
        let regained = now.saturating_sub(self.at).saturating_mul(per_second);
        self.spent = self.spent.saturating_sub(regained) + 1_000;
        self.at = now;
        self.spent <= SECONDS * per_second * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_000_000_000;

    #[test]
    fn ten_seconds_worth_may_come_at_once_and_no_more() {
        let mut allowance = Allowance::default();
        assert!((0..50).all(|_| allowance.take(5, NOW)));
        assert!(!allowance.take(5, NOW));
    }

    #[test]
    fn as_much_comes_back_as_time_goes_by() {
        let mut allowance = Allowance::default();
        assert!((0..50).all(|_| allowance.take(5, NOW)));
        assert!(!Allowance { ..allowance }.take(5, NOW + 199));
        assert!(allowance.take(5, NOW + 200));
        assert!(!allowance.take(5, NOW + 200));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut allowance = Allowance::default();
        assert!((0..50).all(|_| allowance.take(5, NOW)));
        assert!(!allowance.take(5, NOW - 1_000));
    }
}
