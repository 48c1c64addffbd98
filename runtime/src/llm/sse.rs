//! Server-sent events: bytes in, the data of events out.
//!
//! Owns lines, their ends and UTF-8, across any boundary between chunks. It knows nothing of what the data mean.
//! After <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>.

/// The longest event that is kept, in bytes.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// Why what came is no stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Data that are not UTF-8.
    Encoding,
    /// An event of more than [`MAX_EVENT_BYTES`].
    TooLong,
}

/// A stream of events as far as it has come.
#[derive(Debug, Default)]
pub struct Events {
    /// What there is of a line.
    line: Vec<u8>,
    /// The event's data, each line ended.
    data: String,
    /// Whether the last line ended in CR, so that an LF which follows belongs to it.
    after_cr: bool,
}

impl Events {
    /// Takes a chunk; gives each event that it completes to `take`, until that says false.
    ///
    /// # Errors
    /// If the chunk cannot be part of a stream. What follows makes no sense then.
    pub fn feed(&mut self, chunk: &[u8], mut take: impl FnMut(&str) -> bool) -> Result<(), Broken> {
        for &byte in chunk {
            let ended = match byte {
                b'\n' if self.after_cr => false,
                b'\n' | b'\r' => true,
                _ => {
                    self.line.push(byte);
                    false
                }
            };
            self.after_cr = byte == b'\r';
            if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
                return Err(Broken::TooLong);
            }
            if ended && !self.end_of_line(&mut take)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The stream has ended. What stands in its last lines counts although no empty line follows.
    ///
    /// # Errors
    /// As [`Events::feed`].
    pub fn end(&mut self, mut take: impl FnMut(&str) -> bool) -> Result<(), Broken> {
        if self.end_of_line(&mut take)? {
            self.end_of_line(&mut take)?;
        }
        Ok(())
    }

    fn end_of_line(&mut self, take: &mut impl FnMut(&str) -> bool) -> Result<bool, Broken> {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return Ok(data.strip_suffix('\n').is_none_or(take));
        }
        // Names of events, ids and comments say nothing here.
        let value = match line.strip_prefix(b"data") {
            Some(b"") => b"",
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            _ => return Ok(true),
        };
        self.data.push_str(std::str::from_utf8(value).map_err(|_not_utf8| Broken::Encoding)?);
        self.data.push('\n');
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(chunks: &[&[u8]]) -> Result<Vec<String>, Broken> {
        let (mut stream, mut events) = (Events::default(), Vec::new());
        let mut take = |data: &str| {
            events.push(data.to_owned());
            true
        };
        for chunk in chunks {
            stream.feed(chunk, &mut take)?;
        }
        stream.end(&mut take)?;
        Ok(events)
    }

    #[test]
    fn lines_end_as_the_standard_lets_them() {
        let expected = Ok(vec!["a".to_owned(), "b\nc".to_owned()]);
        for text in [
            "data: a\n\ndata: b\ndata:c\n\n",
            "data:a\r\rdata:b\rdata:c\r\r",
            "data:a\r\n\r\ndata:b\r\ndata:c",
        ] {
            assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    #[test]
    fn comments_names_and_empty_events_are_no_data() {
        let text = ": hello\n\nevent: ping\nid: 1\n\ndata\n\ndatax: 1\n\nretry: 3\ndata:  x\n\n";
        assert_eq!(events(&[text.as_bytes()]), Ok(vec![String::new(), " x".to_owned()]));
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let line = vec![b'x'; MAX_EVENT_BYTES + 1];
        assert_eq!(events(&[&line]), Err(Broken::TooLong));
        let lines = "data: 0123456789\n".repeat(MAX_EVENT_BYTES / 10);
        assert_eq!(events(&[lines.as_bytes()]), Err(Broken::TooLong));
    }

    #[test]
    fn data_that_are_no_text_are_told() {
        assert_eq!(events(&[b"data: \xff\n\n"]), Err(Broken::Encoding));
    }

    proptest! {
        #[test]
        fn where_chunks_part_makes_no_difference(
            data in prop::collection::vec("[ü☕🙂a-z{}\"\\\\]{0,9}", 0..6),
            ends in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text: String = data.iter().map(|it| format!("data: {it}{ends}{ends}")).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|it| it.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> =
                cuts.windows(2).map(|it| &text.as_bytes()[it[0]..it[1]]).collect();
            prop_assert_eq!(events(&chunks), Ok(data));
        }
    }
}
