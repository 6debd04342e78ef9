/// One use of a made connection: from its connect, or from the first send after an answer, to the next one.
struct RelayExchange {
  let outbound: Int
  let thread: Int
  let begin: UInt64
  /// Whether it began with the connect.
  let isFirst: Bool
  /// Requests of the process that waited for an answer when it began.
  let waiting: Int32
  /// It began soon after the first event of its process: the thread may still work at what it read before that.
  let isEarly: Bool
  /// Events were lost before or during it.
  var isTainted: Bool
  /// Which accepted connection it serves, by each order.
  var votes = RelayVotes()
  /// The request of that connection when it began.
  var serials = RelayVotes()
  /// Orders whose vote had a request that waited for an answer.
  var wasAsking: RelayOrders = []
  /// Orders whose vote was borne out by the answer: it came in here and then went out there.
  var confirmed: RelayOrders = []
  /// Orders whose vote was answered without anything having come in here, or not answered though something had.
  var refuted: RelayOrders = []
  var hasSent = false
  /// When and on which thread the answer began; 0: not yet.
  var answered: UInt64 = 0
  var answerThread = -1
  var bytesOut: UInt64 = 0
  var bytesIn: UInt64 = 0
}
