/// One use of a made connection: from its connect, or from the first send after an answer, up to the next one.
struct RelayExchange {
  let outbound: Int
  let thread: Int
  let begin: UInt64
  /// Whether it began with the connect.
  let isFirst: Bool
  /// How many requests of the process waited for an answer when it began.
  let waiting: Int32
  /// Whether it began soon after the first event of its process. The thread may still be working on what it read
  /// before.
  let isEarly: Bool
  /// Whether events were lost before or during it.
  var isTainted: Bool
  /// The accepted connection that it serves, according to each order.
  var votes = RelayVotes()
  /// The number of that connection's request when the exchange began.
  var serials = RelayVotes()
  /// The orders whose vote had a request that waited for an answer.
  var wasAsking: RelayOrders = []
  /// The orders that the answer confirmed: it arrived here and then went out there.
  var confirmed: RelayOrders = []
  /// The orders that the answer refuted: an answer went out there although none had arrived here, or none went out
  /// although one had.
  var refuted: RelayOrders = []
  var hasSent = false
  /// When the answer began, and on which thread; 0 if it has not.
  var answered: UInt64 = 0
  var answerThread = -1
  var bytesOut: UInt64 = 0
  var bytesIn: UInt64 = 0
}
