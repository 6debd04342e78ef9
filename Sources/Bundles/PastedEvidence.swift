internal import Containers
internal import Flows
internal import VPNs

/// All that the plain outputs of one host say, by place and with their lines.
struct PastedEvidence: Sendable {
  /// All that readers took, by kind.
  var findings = FindingStore()
  var captures: [RecordedCapture] = []
  /// The same, put together by places; made by `settle`.
  var captured = CapturedTraffic([])
  /// A prompt's host.
  var promptHost: String?
  /// Files that were taken for nothing, and what was left out.
  var notes: [String] = []
  /// The numbers of lines that nobody read, by file, and how many of them have an address.
  var unread: [String: [Int]] = [:]
  var unreadAddresses = 0
  /// Lines without an end, whose last word is not used.
  var torn: Set<EvidenceLine> = []
  /// What each part was taken for, by the name of its output.
  var recognised: [(EvidenceLine, String)] = []

  /// Kinds that lead nowhere alone.
  private static let supporting: [any Sendable.Type] = [
    ListedNetwork.self, WireGuardPeerNames.self, RecordedAccessLog.self, NATRule.self,
  ]

  /// Whether nothing was found that can be traced.
  var isEmpty: Bool { findings.isEmpty(besides: Self.supporting) && !captures.contains { $0.packets > 0 } }

  /// Every place that something was taken in.
  var places: Set<EvidencePlace> { findings.places.union(captures.map(\.place)) }
}

/// What the host's places and traffic are made of.
extension PastedEvidence {
  var tracked: [EvidencePlace: [Evident<TrackedConnection>]] { findings.all(TrackedConnection.self) }
  var sockets: [EvidencePlace: [Evident<ListedSocket>]] { findings.all(ListedSocket.self) }
  var interfaces: [EvidencePlace: [Evident<ListedInterface>]] { findings.all(ListedInterface.self) }
  var routes: [EvidencePlace: [Evident<ListedRoute>]] { findings.all(ListedRoute.self) }
  var statuses: [EvidencePlace: [Evident<RecordedOpenVPNStatus>]] { findings.all(RecordedOpenVPNStatus.self) }
  // What is the same wherever on the host it was asked.
  var nethogs: [Evident<NethogsLine>] { findings.all(NethogsLine.self)[.host] ?? [] }
  var containers: [Evident<ListedContainer>] { findings.all(ListedContainer.self)[.host] ?? [] }
  var networks: [Evident<ListedNetwork>] { findings.all(ListedNetwork.self)[.host] ?? [] }
}

/// A container that `docker inspect` shows.
struct ListedContainer: Sendable {
  var container: DockerContainer
  /// `docker`, `podman`, `kubernetes`
  var runtime = "docker"
  /// The numbers of the lines of its addresses.
  var addressLines: [IPAddress: Int] = [:]
}
