internal import Clues
internal import Flows

/// All that the plain outputs of one host say, by place and with their lines.
struct PastedEvidence: Sendable {
  var tracked: [EvidencePlace: [Evident<TrackedConnection>]] = [:]
  var sockets: [EvidencePlace: [Evident<ListedSocket>]] = [:]
  var interfaces: [EvidencePlace: [Evident<ListedInterface>]] = [:]
  var routes: [EvidencePlace: [Evident<ListedRoute>]] = [:]
  var nethogs: [Evident<NethogsLine>] = []
  var containers: [Evident<DockerContainer>] = []
  /// The lines of containers' addresses, by the line of the container.
  var containerLines: [EvidenceLine: [IPAddress: EvidenceLine]] = [:]
  var networks: [Evident<DockerNetwork>] = []
  var statuses: [Status] = []
  var wireGuard: [EvidencePlace: [Evident<WireGuardDump>]] = [:]
  var peerNames = WireGuardPeerNames()
  var haproxy: [EvidencePlace: [(path: String, content: [UInt8])]] = [:]
  var sessions: [EvidencePlace: [Evident<HAProxySession>]] = [:]
  /// The lines of HAProxy's own ends of its connections to servers, by the session's first line.
  var sessionLines: [EvidenceLine: EvidenceLine] = [:]
  var nginx: [EvidencePlace: [String: [UInt8]]] = [:]
  var captures: [RecordedCapture] = []
  /// The same, put together by places; made by `settle`.
  var captured = CapturedTraffic([])
  /// By place and path; the line is the first of the log.
  var accessLogs: [EvidencePlace: [String: Evident<[UInt8]>]] = [:]
  /// A prompt's host.
  var promptHost: String?
  /// Files that were taken for nothing, and what was left out.
  var notes: [String] = []
  /// What each part was taken for.
  var recognised: [(EvidenceLine, PastedKind)] = []

  struct Status: Sendable {
    var place: EvidencePlace
    var status: OpenVPNStatus
    var file: String
    /// The file's name on the host, where it is known.
    var name: String
    var lines: [PastedText.Line]

    /// The line of the routing table or client list that has `text` as a field.
    func line(of text: String) -> Int {
      let isSeparator = { (character: Character) in character == "," || character == "\t" }
      let found = lines.last { $0.text.split(whereSeparator: isSeparator).contains { $0 == text || $0 == text + "C" } }
      return found?.number ?? lines.first?.number ?? 0
    }
  }

  /// Whether anything was found.
  var isEmpty: Bool {
    tracked.isEmpty && sockets.isEmpty && interfaces.isEmpty && routes.isEmpty && nethogs.isEmpty && containers.isEmpty
      && statuses.isEmpty && wireGuard.isEmpty && sessions.isEmpty && haproxy.isEmpty && nginx.isEmpty
      && !captures.contains { $0.packets > 0 }
  }

  /// Every place that something was taken in.
  var places: Set<EvidencePlace> {
    Set(tracked.keys).union(sockets.keys).union(interfaces.keys).union(routes.keys).union(wireGuard.keys)
      .union(sessions.keys).union(statuses.map(\.place)).union(haproxy.keys).union(nginx.keys)
      .union(captures.map(\.place)).union(accessLogs.keys)
  }
}
