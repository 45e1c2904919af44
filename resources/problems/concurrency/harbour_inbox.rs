//! difficulty: 1

use std::sync::mpsc::{Receiver, TryRecvError};

#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    Arrival(String),
    /// The office closes; what comes later is for the next day.
    Closing,
}

/// How reading the inbox ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is there at the moment, but something may still come.
    Empty,
    /// Nothing is there, and nothing can come any more.
    NoSenders,
    Closing,
    /// As many ships as there are berths have arrived.
    Full,
}

// entry
/// Reads what waits in the inbox, without ever waiting for anything. Returns the names of the ships that have
/// arrived, in the order of the messages, and how it ended: at the first `Closing`, when nothing was there, or
/// (`Full`) when as many ships have arrived as there are `berths`. No further message is taken from the inbox then;
/// with 0 berths none is taken at all. An arrival without a name (an empty string) is passed over and needs no berth.
pub fn read_inbox(inbox: &Receiver<Message>, berths: usize) -> (Vec<String>, End) {
    let mut ships = Vec::new();
    let end = loop {
        if ships.len() == berths {
            break End::Full;
        }
        match inbox.try_recv() {
            Ok(Message::Arrival(ship)) if ship.is_empty() => {}
            Ok(Message::Arrival(ship)) => ships.push(ship),
            Ok(Message::Closing) => break End::Closing,
            Err(TryRecvError::Empty) => break End::Empty,
            Err(TryRecvError::Disconnected) => break End::NoSenders,
        }
    };
    (ships, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Sender};
    use std::thread;

    fn send(sender: &Sender<Message>, ships: &[&str]) {
        for ship in ships {
            sender.send(Message::Arrival(ship.to_string())).expect("the inbox is there");
        }
    }

    fn read(inbox: &Receiver<Message>) -> (String, End) {
        let (ships, end) = read_inbox(inbox, 5);
        (ships.join(" "), end)
    }

    #[test]
    fn reads_what_is_there() {
        let (sender, inbox) = mpsc::channel();
        assert_eq!(read(&inbox), (String::new(), End::Empty));
        send(&sender, &["Orka", "Alk", "Orka"]);
        assert_eq!(read(&inbox), ("Orka Alk Orka".to_string(), End::Empty));
        assert_eq!(read(&inbox), (String::new(), End::Empty));
    }

    #[test]
    fn without_senders_nothing_can_come() {
        let (sender, inbox) = mpsc::channel();
        send(&sender, &["Lom"]);
        let other = sender.clone();
        drop(sender);
        assert_eq!(read(&inbox), ("Lom".to_string(), End::Empty));
        send(&other, &["Alk"]);
        drop(other);
        assert_eq!(read(&inbox), ("Alk".to_string(), End::NoSenders));
        assert_eq!(read(&inbox), (String::new(), End::NoSenders));
    }

    #[test]
    fn closing_leaves_the_rest() {
        let (sender, inbox) = mpsc::channel();
        send(&sender, &["Orka"]);
        sender.send(Message::Closing).expect("the inbox is there");
        send(&sender, &["Alk"]);
        sender.send(Message::Closing).expect("the inbox is there");
        drop(sender);
        assert_eq!(read(&inbox), ("Orka".to_string(), End::Closing));
        assert_eq!(read(&inbox), ("Alk".to_string(), End::Closing));
        assert_eq!(read(&inbox), (String::new(), End::NoSenders));
    }

    #[test]
    fn berths_are_limited() {
        let (sender, inbox) = mpsc::channel();
        send(&sender, &["Orka", "Alk", "Lom", "Skua"]);
        sender.send(Message::Closing).expect("the inbox is there");
        assert_eq!(read_inbox(&inbox, 0), (vec![], End::Full));
        assert_eq!(read_inbox(&inbox, 2), (vec!["Orka".to_string(), "Alk".to_string()], End::Full));
        assert_eq!(read_inbox(&inbox, 1).0, ["Lom"]);
        assert_eq!(read_inbox(&inbox, 2), (vec!["Skua".to_string()], End::Closing));
        assert_eq!(read_inbox(&inbox, 2), (vec![], End::Empty));
    }

    #[test]
    fn ships_without_a_name_are_passed_over() {
        let (sender, inbox) = mpsc::channel();
        send(&sender, &["", "Orka", "", " ", "", "Alk"]);
        assert_eq!(read_inbox(&inbox, 2), (vec!["Orka".to_string(), " ".to_string()], End::Full));
        assert_eq!(read_inbox(&inbox, 2), (vec!["Alk".to_string()], End::Empty));
        send(&sender, &[""]);
        assert_eq!(read_inbox(&inbox, 2), (vec![], End::Empty));
    }

    #[test]
    fn many_threads_send() {
        let (sender, inbox) = mpsc::sync_channel(9);
        thread::scope(|scope| {
            for number in 0..3 {
                let sender = sender.clone();
                scope.spawn(move || {
                    for _ in 0..3 {
                        sender.send(Message::Arrival(format!("ship {number}"))).expect("the inbox is there");
                    }
                });
            }
        });
        let (mut ships, end) = read_inbox(&inbox, 10);
        ships.sort_unstable();
        assert_eq!((ships.len(), end), (9, End::Empty));
        assert_eq!((ships[0].as_str(), ships[3].as_str(), ships[8].as_str()), ("ship 0", "ship 1", "ship 2"));
    }
}
