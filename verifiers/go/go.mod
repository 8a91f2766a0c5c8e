module ssjverify

go 1.19
