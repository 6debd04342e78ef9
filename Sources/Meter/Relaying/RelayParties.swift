// The state that `CausalPairing` keeps for each connection, process and thread. Numbers are indices into its arrays.

/// A connection of a relay.
struct RelayedSocket {
  let cookie: UInt64
  let process: Int
  let isOutbound: Bool
  /// For a made connection: its current exchange, as an index into `exchanges`; -1 for none.
  var exchange = -1
  /// For an accepted connection: exchanges that may be its own and are not decided yet.
  var open: [Int] = []
  /// Whether data arrived that was not answered yet.
  var isAsking = false
  /// Since when it waits for an answer.
  var askedSince: UInt64 = 0
  /// The number of requests so far.
  var serial = 0
  /// Bytes that arrived since the last answer.
  var asked = 0
  /// When it was last answered.
  var replied: UInt64 = 0
  /// The thread that used it last.
  var thread: Int
  var isClosed = false
  /// For a made connection: how often the process sent something, and how often nobody had asked it to.
  var sends = 0
  var unpromptedSends = 0
}

/// A process with connections of both directions.
struct RelayProcess {
  let number: UInt32
  var lost: UInt32
  var isTainted = false
  /// The time of its first event.
  let since: UInt64
  /// When a client last sent something; 0 if none has.
  var heard: UInt64 = 0
  /// How many accepted connections wait for an answer.
  var asking = 0
  /// How many answers belong to requests that were not seen.
  var unseen = 0
  /// What was last received into each buffer and not yet sent on from there.
  var buffers: [UInt64: (socket: Int, bytes: Int)] = [:]
}

/// A thread of a process.
struct RelayThread {
  /// The last action of the thread, with its socket.
  var previous: RelayActivity = .none
  var previousSocket = -1
  /// The socket on which it received last; -1 for one that is no cause.
  var lastRead = -1
  /// What it received on made connections and has not sent on.
  var held = HeldAnswers()
  /// The answer that goes out now: the socket on which it was received, and the one on which it goes out; -1: none.
  var passing = (from: -1, to: -1)
  /// How often it went back to reading after writing.
  var turns = 0
  /// Reads without an effect so far, for each order that needs them.
  var queue = WaitingSockets()
  var stack = WaitingSockets()
}

/// The last action of a thread.
enum RelayActivity { case none, received, receivedInVain, replied, sent, connected }
