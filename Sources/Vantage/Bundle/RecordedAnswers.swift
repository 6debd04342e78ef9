public import Flows

/// The answers of a vantage to single questions, as `answers.json` of a bundle holds them. A question that was asked and
/// had no answer is kept too.
public struct RecordedAnswers: Sendable, Codable {
  public struct TranslationRecord: Hashable, Sendable, Codable {
    public var namespace: Place
    public var flow: Flow
    public var answer: Translation?
  }
  public struct RouteRecord: Hashable, Sendable, Codable {
    public var namespace: Place
    public var address: IPAddress
    public var answer: RouteAnswer?
  }
  public struct NeighbourRecord: Hashable, Sendable, Codable {
    public var namespace: Place
    public var address: IPAddress
    public var answer: NeighbourAnswer?
  }
  public struct SocketRecord: Hashable, Sendable, Codable {
    public var namespace: Place
    public var flow: Flow
    public var answer: SocketAnswer?
  }
  public struct TunnelRecord: Hashable, Sendable, Codable {
    public var namespace: Place
    public var address: IPAddress
    public var interface: UInt32
    public var answer: TunnelAnswer?
  }
  public struct RelayRecord: Hashable, Sendable, Codable {
    public var pid: Int32
    public var answer: RelayAnswer?
  }
  public struct SitesRecord: Hashable, Sendable, Codable {
    public var pid: Int32
    public var answer: SitesAnswer?
  }
  public struct CounterRecord: Sendable, Codable {
    public var pids: [Int32]
    public var snapshots: [CounterSnapshot]
  }

  public static let schema = "headwater.answers/1"

  public var schema = RecordedAnswers.schema
  public var translations: [TranslationRecord] = []
  public var routes: [RouteRecord] = []
  public var neighbours: [NeighbourRecord] = []
  public var sockets: [SocketRecord] = []
  public var tunnels: [TunnelRecord] = []
  public var relays: [RelayRecord] = []
  /// Nil in bundles made before this question was there.
  public var sites: [SitesRecord]?
  public var owners: [Owner] = []
  public var counters: [CounterRecord] = []

  public init() {}
}
