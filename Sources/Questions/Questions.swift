/// The list of all questions. A probe understands these, and the wire's documentation names them.
public enum Questions {
  public static let all: [any Question.Type] = [
    ClockQuestion.self, StartQuestion.self, InventoryQuestion.self, ProcessQuestion.self, OwnerQuestion.self,
    MeasureQuestion.self, BeginQuestion.self, NextQuestion.self, TranslationQuestion.self, SocketQuestion.self,
    SocketsQuestion.self, RouteQuestion.self, NeighbourQuestion.self, NeighboursQuestion.self, TunnelQuestion.self,
    RelayQuestion.self, SitesQuestion.self, CountersQuestion.self, FilesQuestion.self, ExaminationQuestion.self,
    LookupQuestion.self, FollowQuestion.self, EventsQuestion.self, LogsQuestion.self, LogsNextQuestion.self,
    CaptureQuestion.self, PacketsQuestion.self, FirewallQuestion.self, EndQuestion.self,
  ]

  /// The question with this name; nil if this version has none.
  public static func named(_ name: String) -> (any Question.Type)? { all.first { $0.name == name } }

  /// How many processes one question may name at most.
  public static let processLimit = 4096
  /// The longest window in seconds.
  public static let longestWindow = 86400.0

  static func objection(toWindow seconds: Double, from least: Double = 0.001) -> String? {
    seconds >= least && seconds <= longestWindow ? nil : "not a window: \(seconds) s"
  }

  static func objection(toProcesses count: Int) -> String? {
    count <= processLimit ? nil : "more than \(processLimit) processes"
  }
}
