public import Flows

/// Asks for a process; nil if it does not exist any more.
public struct ProcessQuestion: Question {
  public static let name = "process"
  public var id: ProcessID

  public init(_ id: ProcessID) { self.id = id }

  public init(from decoder: any Decoder) throws { id = try AskedProcess(from: decoder).id }
  public func encode(to encoder: any Encoder) throws { try AskedProcess(id).encode(to: encoder) }

  public var scope: Scope<Process?> { .host(id.host) }
  public var asAsked: Self { Self(id.on(host: 0)) }
  public var description: String { "describe process \(id.pid)" }
}

/// Asks for the owner of a process: the process and what contains it; nil if it does not exist any more.
public struct OwnerQuestion: Question {
  public static let name = "owner"
  public var id: ProcessID

  public init(_ id: ProcessID) { self.id = id }

  public init(from decoder: any Decoder) throws { id = try AskedProcess(from: decoder).id }
  public func encode(to encoder: any Encoder) throws { try AskedProcess(id).encode(to: encoder) }

  public var scope: Scope<Owner?> { .host(id.host) }
  public var asAsked: Self { Self(id.on(host: 0)) }
  public var description: String { "find the owner of process \(id.pid)" }
}

/// A process in a question. Its host is the one that is asked, so the host is not sent.
private struct AskedProcess: Codable {
  var pid: Int32
  var startTime: Double?

  init(_ id: ProcessID) { (pid, startTime) = (id.pid, id.startTime) }
  var id: ProcessID { ProcessID(pid: pid, startTime: startTime) }
}
