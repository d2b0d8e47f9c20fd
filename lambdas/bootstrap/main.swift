import Boletia
import LambdaRuntime
import Lottery
import Transactions

// The program that serves any of the systems' functions, by the name in _HANDLER: zipped, it is their package for provided.al2023.
await LambdaMain.run([BoletiaFunctions.application, LotteryFunctions.application, TransactionsFunctions.application].flatMap(\.handlers))
