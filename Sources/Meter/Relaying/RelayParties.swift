// What `CausalPairing` keeps of each connection, process and thread. Numbers are indices into its arrays.

/// A connection of a relay.
struct RelayedSocket {
  let cookie: UInt64
  let process: Int
  let isOutbound: Bool
  /// Of a made connection: what it is used for now, as an index into `exchanges`; -1: nothing.
  var exchange = -1
  /// Of an accepted one: exchanges that may be its own and are not decided yet.
  var open: [Int] = []
  /// Data came in that was not answered yet.
  var isAsking = false
  /// Since when.
  var askedSince: UInt64 = 0
  /// Requests until now.
  var serial = 0
  /// What came in since the last answer.
  var asked = 0
  /// When it was answered last.
  var replied: UInt64 = 0
  /// Which used it last.
  var thread: Int
  var isClosed = false
}

/// A process with connections of both directions.
struct RelayProcess {
  let number: UInt32
  var lost: UInt32
  var isTainted = false
  /// The time of its first event.
  let since: UInt64
  /// Accepted connections that wait for an answer.
  var asking = 0
  /// Answers to requests that were not seen.
  var unseen = 0
  /// What was last received into a buffer, and not sent on from there.
  var buffers: [UInt64: (socket: Int, bytes: Int)] = [:]
}

/// One of its threads.
struct RelayThread {
  /// What it did last, and with which socket.
  var previous: RelayActivity = .none
  var previousSocket = -1
  /// What it received on last; -1: something that is no cause.
  var lastRead = -1
  /// Bytes that it received on made connections and has not sent on, and since when there are any.
  var held = 0
  var heldSince: UInt64 = 0
  /// How often it went back to reading after it had written.
  var turns = 0
  /// Reads without an effect, for each order that needs them.
  var queue = WaitingSockets()
  var stack = WaitingSockets()
}

/// What a thread did last.
enum RelayActivity { case none, received, receivedInVain, replied, sent, connected }
