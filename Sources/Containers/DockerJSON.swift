internal import Flows
internal import JSON

/// The engine's JSON. Any key may be missing, null, or of another type; only the id is required.
enum DockerJSON {
  static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) -> Value? {
    JSONValue.decode(type, from: body)
  }

  /// `GET /version`
  struct Version: Decodable {
    var ApiVersion: String
    var MinAPIVersion: String?
    var Version: String?
    var Components: Lenient<[Lenient<Component>]>?
    struct Component: Decodable { var Name: String }
  }

  /// The body of an error: `{"message": "…"}`.
  struct Message: Decodable { var message: String }

  /// An element of `GET /containers/json`.
  struct ListedContainer: Decodable {
    var Id: String
    var Names: Lenient<[String]>?
    var Image: Lenient<String>?
    var Labels: Lenient<[String: String]>?
    var State: Lenient<String>?
    var Ports: Lenient<[Lenient<Port>]>?
    var HostConfig: Lenient<HostConfiguration>?
    var NetworkSettings: Lenient<NetworkConfiguration>?

    struct Port: Decodable {
      var IP: Lenient<String>?
      var PrivatePort: UInt16
      var PublicPort: UInt16?
      var `Type`: Lenient<String>?
    }
  }

  /// An element of `GET /events`.
  struct Event: Decodable {
    var Actor: Lenient<Subject>?

    struct Subject: Decodable {
      var ID: Lenient<String>?
      var Attributes: Lenient<[String: String]>?
    }
  }

  /// The body of `GET /containers/ID/json`. Environment and arguments are not read, because they may hold secrets.
  struct InspectedContainer: Decodable {
    var Id: String
    var Name: Lenient<String>?
    var Config: Lenient<Configuration>?
    var State: Lenient<Status>?
    var HostConfig: Lenient<HostConfiguration>?
    var NetworkSettings: Lenient<NetworkConfiguration>?
    var RestartCount: Lenient<Int>?

    struct Configuration: Decodable {
      var Image: Lenient<String>?
      var Labels: Lenient<[String: String]>?
      var Healthcheck: Lenient<Check>?
      /// Of the command only how it is run: `CMD`, `CMD-SHELL`, `NONE`.
      struct Check: Decodable { var Test: Lenient<[String]>? }
    }
    struct Status: Decodable {
      var Status: Lenient<String>?
      var Running: Lenient<Bool>?
      var Pid: Lenient<Int32>?
    }
  }

  /// `config.v2.json` among dockerd's own files.
  struct StoredContainer: Decodable {
    var ID: String
    var Name: Lenient<String>?
    var Config: Lenient<InspectedContainer.Configuration>?
    var State: Lenient<InspectedContainer.Status>?
    var NetworkSettings: Lenient<NetworkConfiguration>?
  }

  struct HostConfiguration: Decodable {
    var NetworkMode: Lenient<String>?
    var RestartPolicy: Lenient<Policy>?

    struct Policy: Decodable { var Name: Lenient<String>? }
  }

  struct NetworkConfiguration: Decodable {
    var SandboxKey: Lenient<String>?
    var Networks: Lenient<[String: Lenient<Attachment>]>?
    var Ports: Lenient<[String: Lenient<[Lenient<Binding>]>]>?

    struct Attachment: Decodable {
      var NetworkID: Lenient<String>?
      var IPAddress: Lenient<String>?
      var GlobalIPv6Address: Lenient<String>?
      var MacAddress: Lenient<String>?
    }
    struct Binding: Decodable {
      var HostIp: Lenient<String>?
      var HostPort: Lenient<String>?
    }
  }

  /// An element of `GET /networks`.
  struct Network: Decodable {
    var Id: String
    var Name: String
    var Driver: Lenient<String>?
    var IPAM: Lenient<Addressing>?
    var Options: Lenient<[String: String]>?
    /// By id; only of `GET /networks/ID`.
    var Containers: Lenient<[String: Lenient<Member>]>?

    struct Member: Decodable {
      var Name: Lenient<String>?
      var MacAddress: Lenient<String>?
      var IPv4Address: Lenient<String>?
      var IPv6Address: Lenient<String>?
    }
    struct Addressing: Decodable {
      var Config: Lenient<[Lenient<Pool>]>?
      struct Pool: Decodable { var Subnet: Lenient<String>? }
    }
  }
}
