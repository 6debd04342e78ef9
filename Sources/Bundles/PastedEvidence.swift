internal import Containers
internal import Flows
internal import VPNs

/// Everything that the plain outputs of one host contain, by place and with lines.
struct PastedEvidence: Sendable {
  /// Everything that was read, by type of finding.
  var findings = FindingStore()
  var captures: [RecordedCapture] = []
  /// The captures by place; computed by `settle`.
  var captured = CapturedTraffic([])
  /// The host in a prompt.
  var promptHost: String?
  /// How many findings were read.
  var entries = 0
  /// Files that were not recognised, and what was left out.
  var notes: [Note] = []
  /// The numbers of unread lines by file, and how many of them have an address.
  var unread: [String: [Int]] = [:]
  var unreadAddresses = 0
  /// Lines without a line end, whose last word is not used.
  var torn: Set<EvidenceLine> = []
  /// The name of the output that each part was recognised as.
  var recognised: [(EvidenceLine, String)] = []

  /// Types of findings that can't be traced on their own.
  private static let supporting: [any Sendable.Type] = [
    ListedNetwork.self, WireGuardPeerNames.self, RecordedAccessLog.self, NATRule.self,
    ListedProgram.self,
  ]

  /// Whether nothing was found that can be traced.
  var isEmpty: Bool { findings.isEmpty(besides: Self.supporting) && !captures.contains { $0.packets > 0 } }

  /// All places with findings.
  var places: Set<EvidencePlace> { findings.places.union(captures.map(\.place)) }
}

/// The parts of the host's places and traffic.
extension PastedEvidence {
  var tracked: [EvidencePlace: [Evident<TrackedConnection>]] { findings.all(TrackedConnection.self) }
  var sockets: [EvidencePlace: [Evident<ListedSocket>]] { findings.all(ListedSocket.self) }
  var interfaces: [EvidencePlace: [Evident<ListedInterface>]] { findings.all(ListedInterface.self) }
  var routes: [EvidencePlace: [Evident<ListedRoute>]] { findings.all(ListedRoute.self) }
  var statuses: [EvidencePlace: [Evident<RecordedOpenVPNStatus>]] { findings.all(RecordedOpenVPNStatus.self) }
  // Findings that are the same anywhere on the host.
  var nethogs: [Evident<NethogsLine>] { findings.all(NethogsLine.self)[.host] ?? [] }
  var containers: [Evident<ListedContainer>] { findings.all(ListedContainer.self)[.host] ?? [] }
  var networks: [Evident<ListedNetwork>] { findings.all(ListedNetwork.self)[.host] ?? [] }
}

/// A container in the output of `docker inspect`.
struct ListedContainer: Sendable {
  var container: DockerContainer
  /// `docker`, `podman` or `kubernetes`.
  var runtime = "docker"
  /// The line number of each address.
  var addressLines: [IPAddress: Int] = [:]
}
